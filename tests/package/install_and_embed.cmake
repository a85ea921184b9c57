# usage: cmake -DBUILD=... -DSOURCE=... -DWORK=... -DCOMPILER=... -P install_and_embed.cmake
function(step)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "package: exit code ${code} from: ${ARGN}")
  endif()
endfunction()

set(prefix ${WORK}/prefix)
file(REMOVE_RECURSE ${prefix} ${WORK}/embed)
step(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
step(${CMAKE_COMMAND} -S ${SOURCE}/examples/embed -B ${WORK}/embed -DCMAKE_PREFIX_PATH=${prefix}
     -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_BUILD_TYPE=Release)
step(${CMAKE_COMMAND} --build ${WORK}/embed)
step(${WORK}/embed/embed ${SOURCE}/examples/models/digits_mlp.onnx ${SOURCE}/examples/data/digits_flat.npy dtd-z-plus
     lrp-0)
foreach(program lrproof lrproof-recheck)
  if(NOT EXISTS ${prefix}/bin/${program})
    message(FATAL_ERROR "package: ${program} was not installed")
  endif()
  step(${prefix}/bin/${program} --version)
endforeach()
